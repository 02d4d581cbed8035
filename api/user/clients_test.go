//go:build integration

package user_test

import (
	"testing"

	"lfb/api/apitest"
)

// TestClients holds the document and real clients against the API.
func TestClients(t *testing.T) {
	apitest.RunClients(t, newSite(t, champion(t)).handler, "user", "ann:secret")
}
