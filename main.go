// Command berth serves Berth, a web app for people who run Proxmox VE at home.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"berth/store"
	"berth/store/disk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // the command line or the environment is wrong
	exitDamage = 3 // the database is damaged or lost: trying again does not help
)

// command is one thing that berth can do.
type command struct {
	name     string   // one word or two
	args     []string // placeholders for the arguments after its options, in the usage
	about    string
	settings []setting
	run      func(ctx context.Context, t terminal, c config, args []string) error
}

// commands, in the order of the usage. The first is run when none is named.
func commands() []command {
	data := []setting{setData(), setKeyFile()}
	return []command{
		{"serve", nil, aboutServe, append([]setting{setListen()}, append(data, setRedis(), setTLSCert(), setTLSKey(), setTrustedProxy(), setTemplates())...), serve},
		{"demo", nil, aboutDemo, []setting{setListen()}, demonstrate},
		{"user add", []string{"NAME"}, aboutUserAdd, data, userAdd},
		{"user passwd", []string{"NAME"}, aboutUserPasswd, data, userPasswd},
		{"user list", nil, aboutUserList, data, userList},
		{"backup", []string{"FILE"}, aboutBackup, data, backup},
		{"restore", []string{"FILE"}, aboutRestore, data, restore},
		{"rekey", nil, aboutRekey, data, rekey},
		{"version", nil, aboutVersion, nil, version},
	}
}

// run is the whole program, and returns its exit status. It ends soon after ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := terminal{in: stdin, out: stdout, err: stderr}
	all := commands()
	if len(args) > 0 && args[0] == "help" {
		t.usage(all)
		return exitOK
	}
	cmd, args, ok := findCommand(all, args)
	if !ok {
		t.unknownCommand(args)
		return exitUsage
	}
	line := parseArgs(cmd, args)
	if line.help {
		t.commandUsage(cmd)
		return exitOK
	}
	c, problems := configure(cmd, line, getenv)
	if len(problems) > 0 {
		t.wrong(cmd, problems)
		return exitUsage
	}
	if err := cmd.run(ctx, t, c, line.args); err != nil {
		t.failed(err)
		if errors.Is(err, disk.ErrDamaged) && !errors.Is(err, store.ErrBackup) {
			return exitDamage
		}
		return exitFailed
	}
	return exitOK
}

// findCommand returns the command that args begin with, and the rest.
func findCommand(all []command, args []string) (command, []string, bool) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return all[0], args, true
	}
	for _, cmd := range all {
		words := strings.Fields(cmd.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == cmd.name {
			return cmd, args[len(words):], true
		}
	}
	return command{}, args, false
}

// closing is deferred for each thing that was opened: it calls close and adds its error to *err.
func closing(err *error, close func() error) { *err = errors.Join(*err, close()) }
