package lfb

// IsWithinEdits says whether a becomes b by at most so many letters more, less or other, or two that change places.
func IsWithinEdits(a, b string, most int) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	switch {
	case len(a) == 0 || len(b) == 0 || most == 0:
		return max(len(a), len(b)) <= most
	case len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && IsWithinEdits(a[2:], b[2:], most-1):
		return true
	}
	return IsWithinEdits(a[1:], b[1:], most-1) || IsWithinEdits(a[1:], b, most-1) || IsWithinEdits(a, b[1:], most-1)
}
