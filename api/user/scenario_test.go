package user_test

import (
	"path/filepath"
	"strings"
	"testing"

	"lfb/api/apitest"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for _, file := range apitest.Files(t) {
		for _, c := range apitest.Scenarios(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.Run(t, s.handler, "ann:secret")
			})
		}
	}
}
