package feature

import "testing"

func TestEveryColumnHasALabel(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, c := range allColumns() {
		l, ok := labels[c.name]
		if !ok || l.Name == "" || l.About == "" {
			t.Errorf("column %s has no label for people: %+v", c.name, l)
		}
		if other := names[l.Name]; other != "" {
			t.Errorf("columns %s and %s are both called %q", other, c.name, l.Name)
		}
		names[l.Name] = c.name
	}
	if len(names) != len(labels) {
		t.Errorf("%d labels for %d columns", len(labels), len(names))
	}
	if got := LabelOf("of_an_older_release").Name; got != "of an older release" {
		t.Errorf("LabelOf an unknown column = %q", got)
	}
}
