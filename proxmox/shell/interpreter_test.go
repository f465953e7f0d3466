package shell

import (
	"strings"
	"testing"
)

func TestAScriptsFirstLineNamesWhatRunsIt(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		by    string // the words, and those of env before a |
		shell bool
	}{
		"say hello":                             {"", true},
		"# a comment":                           {"", true},
		"#!":                                    {"", true},
		"#!/bin/sh":                             {"/bin/sh", true},
		"#! /bin/sh -":                          {"/bin/sh", true},
		"#!/bin/bash -e":                        {"/bin/bash -e", true},
		"#!/bin/bash -euo pipefail":             {"/bin/bash -euo pipefail", true},
		"#!/usr/bin/env bash":                   {"bash", true},
		"#!/usr/bin/env -S python3 -u":          {"python3 -u", false},
		"#!/usr/bin/env -Spython3 -u":           {"python3 -u", false},
		"#!/usr/bin/env --split-string=bash -x": {"bash -x", true},
		"#!/usr/bin/env -S -i LANG=C bash --":   {"env -i LANG=C|bash", true},
		"#!/usr/bin/env -u HOME python3":        {"env -u HOME|python3", false},
		"#!/usr/bin/env":                        {"", true},
		"#!/bin/busybox ash":                    {"/bin/busybox ash", true},
		"#!/bin/busybox awk":                    {"/bin/busybox awk", false},
		"#!/usr/local/bin/mksh":                 {"/usr/local/bin/mksh", true},
		"#!/usr/bin/perl -w":                    {"/usr/bin/perl -w", false},
	} {
		by := InterpreterOf(line + "\nsecond\nlast\n")
		got := strings.Join(by.Words, " ")
		if by.Env != nil {
			got = strings.Join(by.Env, " ") + "|" + got
		}
		if got != want.by || by.Shell() != want.shell {
			t.Errorf("%q: by %q (a shell: %t), want %q (%t)", line, got, by.Shell(), want.by, want.shell)
		}
	}
}
