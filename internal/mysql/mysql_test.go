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
