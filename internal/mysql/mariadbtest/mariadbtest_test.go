package mariadbtest

import (
	"context"
	"net"
	"strconv"
	"testing"

	"lfb/internal/mysql/mariadb"
)

// TestAnotherServerIsNotOurs starts a server on a port that somebody else's has taken: it
// must not take that one, which may end at any time, for its own.
func TestAnotherServerIsNotOurs(t *testing.T) {
	t.Parallel()
	_, text, err := net.SplitHostPort(Start(t).Address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := mariadb.Start(context.Background(), mariadb.Options{Dir: t.TempDir(), Port: port, User: "root"})
	if err == nil {
		s.Close()
		t.Error("a second server on the same port started: it is the first that answered")
	}
}
