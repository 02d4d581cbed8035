//go:build integration

package admin_test

import (
	"testing"

	"lfb/api/apitest"
)

// TestClients holds the document and real clients against the API.
func TestClients(t *testing.T) {
	s := newSite(t)
	*s.cover = *coverOf(t, s, true)
	apitest.RunClients(t, s.handler, "admin", "root:secret")
}
