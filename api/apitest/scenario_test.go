package apitest

import (
	"encoding/json"
	"testing"
)

func TestLacks(t *testing.T) {
	t.Parallel()
	const got = `{"a":1,"b":["x",{"c":null,"d":"run 7"}],"e":"text"}`
	for _, tt := range []struct{ name, want, lack string }{
		{"a part of it", `{"b":["x",{"d":"~run [0-9]$"}]}`, ""},
		{"all of it", got, ""},
		{"another number", `{"a":2}`, "/a = 1, want 2"},
		{"a field that is not there", `{"f":1}`, "/f = <nil>, want 1"},
		{"a list of another length", `{"b":["x"]}`, "/b = [x map[c:<nil> d:run 7]], want 1 elements"},
		{"a pattern that does not fit", `{"b":["x",{"d":"~^7"}]}`, `/b/1/d = "run 7", want "~^7"`},
		{"a pattern for a number", `{"a":"~1"}`, `/a = 1, want "~1"`},
		{"an object for a text", `{"e":{}}`, "/e = text, want an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var g, w any
			if err := json.Unmarshal([]byte(got), &g); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &w); err != nil {
				t.Fatal(err)
			}
			if lack := Lacks(g, w); lack != tt.lack {
				t.Errorf("Lacks = %q, want %q", lack, tt.lack)
			}
		})
	}
}
