package store

// MaxLogSize is for the tests of how long logs become.
const MaxLogSize = maxLogSize
