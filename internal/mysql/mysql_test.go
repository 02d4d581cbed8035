package mysql_test

import (
	"os"
	"testing"

	"lfb/internal/config"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/mysql/mysqltest"
)

var server, stopServer = mariadbtest.Shared()

func TestMain(m *testing.M) {
	code := m.Run()
	stopServer()
	os.Exit(code)
}

func TestMariaDB(t *testing.T) {
	mysqltest.Run(t, func(t *testing.T) config.MySQL { return server(t).Config() })
}

func TestMariaDBSingleWriter(t *testing.T) {
	mysqltest.Run(t, func(t *testing.T) config.MySQL {
		cfg := server(t).Config()
		cfg.SingleWriter = true
		return cfg
	})
}

// TestServer runs the suite on a server that is there: LFB_TEST_MYSQL is its
// address; its root has no password.
func TestServer(t *testing.T) {
	address := os.Getenv("LFB_TEST_MYSQL")
	if address == "" {
		t.Skip("LFB_TEST_MYSQL names no server")
	}
	mysqltest.Run(t, func(*testing.T) config.MySQL {
		return config.MySQL{
			Address: address, Database: mysqltest.FreshName(), User: "root", TLS: "false",
			MaxConns: 16, LocalInfile: true, SingleWriter: os.Getenv("LFB_TEST_SINGLE_WRITER") != "",
		}
	})
}
