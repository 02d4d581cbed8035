package httpx

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"":                                   "text/plain",
		"application/json":                   "application/json",
		"*/*":                                "text/plain",
		"application/*":                      "application/json",
		"text/plain, application/json;q=0.5": "text/plain",
		"text/plain;q=0.4, application/json;q=.5": "application/json",
		"application/json;q=0":                    "",
		"application/json;q=0, */*;q=0.1":         "text/plain",
		"text/*;q=0.2, text/plain;q=0, */*;q=0.1": "application/json",
		"image/png":            "",
		"application/json;q=x": "",
		"Application/JSON":     "application/json",
	} {
		if got := Negotiate(accept, "text/plain", "application/json"); got != want {
			t.Errorf("Negotiate(%q) = %q, want %q", accept, got, want)
		}
	}
}
