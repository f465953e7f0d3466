package main

import (
	"context"

	"berth/store"
)

// openData opens the store for a command that works beside no server.
func openData(t terminal, c config, mustExist bool) (*store.Store, error) {
	s, err := store.Open(c.data, store.Options{KeyFile: c.keyFile, MustExist: mustExist})
	if err != nil {
		return nil, err
	}
	t.noticed(s.Notices())
	return s, nil
}

// userAdd is berth user add NAME.
func userAdd(_ context.Context, t terminal, c config, args []string) (err error) {
	name := args[0]
	if err := store.CheckUserName(name); err != nil {
		return err // before a password is typed in vain
	}
	s, err := openData(t, c, false)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	password, err := t.readPassword()
	if err != nil {
		return err
	}
	u, err := s.AddUser(name, password)
	if err != nil {
		return err
	}
	t.userAdded(u.Name)
	return nil
}

// userPasswd is berth user passwd NAME.
func userPasswd(_ context.Context, t terminal, c config, args []string) (err error) {
	s, err := openData(t, c, true)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	password, err := t.readPassword()
	if err != nil {
		return err
	}
	if err := s.SetPasswordByName(args[0], password); err != nil {
		return err
	}
	t.passwordSet(args[0])
	return nil
}

// userList is berth user list.
func userList(_ context.Context, t terminal, c config, _ []string) (err error) {
	s, err := openData(t, c, true)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	users, err := s.Users()
	if err != nil {
		return err
	}
	t.users(users)
	return nil
}
