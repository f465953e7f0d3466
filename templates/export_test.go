package templates

// ReadFolder reads one template, for the tests of the format.
var ReadFolder = readFolder
