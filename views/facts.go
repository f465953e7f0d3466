package views

// fact is one line of the review; None is said where there is no value.
type fact struct{ What, Value, None string }

// yesNo writes a switch.
func yesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}
