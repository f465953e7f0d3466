package forms

import "slices"

// Offers tells whether a value is among the options.
func Offers(options []Option, value string) bool {
	return slices.ContainsFunc(options, func(o Option) bool { return o.Value == value })
}

// Option of a Select.
type Option struct{ Value, Text string }
