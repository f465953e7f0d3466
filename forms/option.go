package forms

import "slices"

func Offers(options []Option, value string) bool {
	return slices.ContainsFunc(options, func(o Option) bool { return o.Value == value })
}

// Option of a Select.
type Option struct{ Value, Text string }
