package admin_test

import (
	"path/filepath"
	"strings"
	"testing"

	"lfb/api/apitest"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, file := range apitest.Files(t) {
		s := newSite(t)
		for _, c := range apitest.Scenarios(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) {
				res := c.Run(t, s.handler, "root:secret")
				kind := res.Header.Get("Content-Type")
				if n := res.StatusCode; n >= 400 && n != 404 && n != 405 && kind != "application/problem+json" {
					t.Errorf("%d as %q, want a problem", n, kind)
				}
			})
		}
	}
}
