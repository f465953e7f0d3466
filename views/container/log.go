package container

import (
	"time"

	"berth/pct/inside"
	"berth/views/human"
	"berth/views/layout"
)

// LogPage is the log of a service in a container.
type LogPage struct {
	Page
	Service string
	Problem *layout.Problem
	Log     *inside.Log // nil: not read yet
	Follow  bool        // lines are shown as they come
}

func (p LogPage) url() string       { return serviceURL(p.Card.NodeID, p.Card.VMID, p.Service) }
func (p LogPage) lookURL() string   { return p.url() + "?look=1" }
func (p LogPage) followURL() string { return p.url() + "?follow=1" }
func (p LogPage) eventsURL() string { return p.url() + "/events" }

// sourceWords tell where the lines of a log are from.
func sourceWords(s inside.Source) string {
	switch s.Kind {
	case inside.SourceJournal:
		return "from the journal"
	case inside.SourceFile:
		return "from " + s.File
	case inside.SourceCommon:
		return "the lines of " + s.File + " that name it"
	case inside.SourceNone:
		return "There is no journal, no file in /var/log that is named like it, and no line about it in /var/log/messages."
	}
	return ""
}

// logEndWords tell why no more lines come.
func logEndWords(at time.Time) string {
	return "Followed until " + human.Clock(at, at) + ": a log is followed for " + human.Duration(inside.FollowLimit) + " at the most, and no longer than the container runs."
}

// logWords tell what is shown of a log.
func logWords(log inside.Log) string {
	if len(log.Lines) == 0 && log.Source.Kind != inside.SourceNone {
		return "There is no line yet, " + sourceWords(log.Source) + "."
	}
	if log.Source.Kind == inside.SourceNone {
		return sourceWords(log.Source)
	}
	return "The last " + human.Count(len(log.Lines), "line", "lines") + ", " + sourceWords(log.Source) + "."
}

// FollowWords tell what is followed, or that it is over.
func FollowWords(s inside.Source, over bool, at time.Time) string {
	switch {
	case s.Kind == inside.SourceNone:
		return sourceWords(s)
	case over:
		return logEndWords(at)
	}
	return "Followed as it grows, " + sourceWords(s) + "."
}
