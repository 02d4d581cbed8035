//go:build integration

package admin_test

import (
	"testing"

	"lfb/api/apitest"
)

// TestClients holds the document and real clients against the API.
func TestClients(t *testing.T) {
	apitest.RunClients(t, newSite(t).handler, "admin", "root:secret")
}
