package parts

// Fact is one line of the review; None is said where there is no value.
type Fact struct{ What, Value, None string }

// YesNo writes a switch.
func YesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}
