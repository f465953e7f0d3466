package vmids

// ErrURL is for the test of which URLs are taken.
var ErrURL = errURL
