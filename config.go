package main

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth/fleet/vmids"
)

// config holds the settings of a run, read from the options and the environment, and checked.
type config struct {
	listen         string // HOST:PORT
	data           string
	keyFile        string // "" for berth.key in data
	redis          string // "" for the embedded one
	tlsCert        string // "" for plain HTTP; with tlsKey
	tlsKey         string
	certificate    *tls.Certificate // read from the two
	trustedProxies []netip.Prefix
	templates      string // folder of templates; "" for none
}

// setting is one option of a command. The environment has it too: --key-file is BERTH_KEY_FILE.
type setting struct {
	name   string // without the hyphens
	value  string // placeholder for its value in the usage
	about  string
	secret bool // the value is not repeated in messages
	// set checks a value and takes it. Its error is the rest of a sentence that begins with the value.
	set func(c *config, value string) error
}

func (s setting) flag() string { return "--" + s.name }

func (s setting) env() string {
	return "BERTH_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

const defaultListen = "127.0.0.1:8420"

func setListen() setting {
	return setting{name: "listen", value: "HOST:PORT", about: aboutListen, set: func(c *config, v string) error {
		_, port, err := net.SplitHostPort(v)
		if err != nil {
			return errors.New(wrongListen)
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return errors.New(wrongListen)
		}
		c.listen = v
		return nil
	}}
}

func setData() setting {
	return setting{name: "data", value: "DIR", about: aboutData, set: func(c *config, v string) error {
		c.data = v
		return nil
	}}
}

func setKeyFile() setting {
	return setting{name: "key-file", value: "FILE", about: aboutKeyFile, set: func(c *config, v string) error {
		c.keyFile = v
		return nil
	}}
}

func setRedis() setting {
	return setting{name: "redis", value: "URL", about: aboutRedis, secret: true, set: func(c *config, v string) error {
		if vmids.CheckURL(v) != nil {
			return errors.New(wrongRedis)
		}
		c.redis = v
		return nil
	}}
}

func setTLSCert() setting {
	return setting{name: "tls-cert", value: "FILE", about: aboutTLSCert, set: func(c *config, v string) error {
		c.tlsCert = v
		return nil
	}}
}

func setTLSKey() setting {
	return setting{name: "tls-key", value: "FILE", about: aboutTLSKey, set: func(c *config, v string) error {
		c.tlsKey = v
		return nil
	}}
}

func setTrustedProxy() setting {
	return setting{name: "trusted-proxy", value: "CIDR[,…]", about: aboutTrustedProxy, set: func(c *config, v string) error {
		for part := range strings.SplitSeq(v, ",") {
			p, err := parsePrefix(strings.TrimSpace(part))
			if err != nil {
				return errors.New(wrongTrustedProxy)
			}
			c.trustedProxies = append(c.trustedProxies, p)
		}
		return nil
	}}
}

func setTemplates() setting {
	return setting{name: "templates", value: "DIR", about: aboutTemplates, set: func(c *config, v string) error {
		if info, err := os.Stat(v); err != nil || !info.IsDir() {
			return errors.New(wrongTemplates)
		}
		c.templates = v
		return nil
	}}
}

// parsePrefix takes a network or a single address.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// commandLine holds the parsed arguments of a command.
type commandLine struct {
	values   map[string]string // setting's name to value
	args     []string
	help     bool
	problems []problem
}

// problem is one thing that is wrong with the command line or the environment.
type problem struct {
	where string // the option, variable or word; "" where what says it all
	value string // its value; "" where that must not be shown
	what  string
}

// parseArgs parses the arguments of a command. It collects all problems, so that they are reported together.
func parseArgs(cmd command, args []string) commandLine {
	line := commandLine{values: map[string]string{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			line.args = append(line.args, args...)
			args = nil
			continue
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			line.args = append(line.args, arg)
			continue
		case slices.Contains([]string{"-h", "-help", "--help"}, arg):
			line.help = true
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		known := slices.ContainsFunc(cmd.settings, func(s setting) bool { return s.name == name })
		if !hasValue && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			value, hasValue = args[0], true // of an unknown option too: it is not complained of twice
			args = args[1:]
		}
		switch {
		case !known:
			line.problems = append(line.problems, problem{where: "--" + name, what: wrongOption(cmd)})
		case !hasValue || value == "":
			line.problems = append(line.problems, problem{where: "--" + name, what: wrongNoValue})
		default:
			line.values[name] = value
		}
	}
	if len(line.problems) > 0 {
		return line // an unknown option may have taken one of the words
	}
	for i, name := range cmd.args {
		if i >= len(line.args) {
			line.problems = append(line.problems, problem{where: name, what: wrongMissing})
		}
	}
	if len(line.args) > len(cmd.args) {
		for _, extra := range line.args[len(cmd.args):] {
			line.problems = append(line.problems, problem{where: extra, what: wrongExtra})
		}
	}
	return line
}

// configure takes each setting from the command line, else from the environment, else
// its default, and returns all problems with them.
func configure(cmd command, line commandLine, getenv func(string) string) (config, []problem) {
	c := config{listen: defaultListen}
	problems := line.problems
	for _, s := range cmd.settings {
		where, value := s.flag(), line.values[s.name]
		if value == "" {
			where, value = s.env(), getenv(s.env())
		}
		if value == "" {
			continue
		}
		if err := s.set(&c, value); err != nil {
			if s.secret {
				value = ""
			}
			problems = append(problems, problem{where, value, err.Error()})
		}
	}
	if c.data == "" && slices.ContainsFunc(cmd.settings, func(s setting) bool { return s.name == "data" }) {
		if c.data = defaultData(getenv); c.data == "" {
			problems = append(problems, problem{where: setData().flag(), what: wrongNoHome})
		}
	}
	switch {
	case (c.tlsCert == "") != (c.tlsKey == ""):
		problems = append(problems, problem{what: wrongHalfTLS})
	case c.tlsCert != "":
		pair, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
		if err != nil {
			problems = append(problems, problem{what: wrongTLS(c.tlsCert, c.tlsKey, err)})
		}
		c.certificate = &pair
	}
	return c, problems
}

// defaultData is the folder of a user's data by the XDG base directory specification,
// which has relative paths ignored. "" when there is no home.
func defaultData(getenv func(string) string) string {
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "berth")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "berth")
	}
	return ""
}
