package stack

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.uber.org/zap"

	"lfb/deploy/local/mysqld"
	"lfb/deploy/local/s3d"
	"lfb/deploy/local/temporald"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql/mariadb"
)

// The servers beside the database.
const (
	Temporal = "temporal"
	S3       = "s3"
)

// StartServer starts one server, Temporal, S3, or a database, Embedded or MariaDB, at
// the address and with the passwords of c, in a folder of its name. A new namespace of
// Temporal gets the search attributes. It returns when the server answers.
func StartServer(
	ctx context.Context, name string, c *config.Config, attributes map[string]enums.IndexedValueType, log *zap.Logger,
) (io.Closer, error) {
	dir := filepath.Join(c.State.Dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var ports [3]int
	for i, address := range []string{c.Temporal.Address, strings.TrimPrefix(c.Temporal.UI, "http://"), c.MySQL.Address} {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w: %w", address, lfb.ErrInvalid, err)
		}
		ports[i] = a.Port
	}
	switch name {
	case Temporal:
		return temporald.Start(ctx, temporald.Options{
			File: filepath.Join(dir, "temporal.db"), Port: ports[0], UIPort: ports[1],
			Namespace: c.Temporal.Namespace, SearchAttributes: attributes, Log: log.Named("temporal"),
		})
	case S3:
		return s3d.Start(ctx, s3d.Options{
			Dir: dir, Addr: c.S3.Endpoint, Region: c.S3.Region, Access: c.S3.Access, Secret: c.S3.Secret.Reveal(),
		})
	case Embedded:
		return mysqld.Start(ctx, mysqld.Options{
			Dir: dir, Host: host, Port: ports[2], User: c.MySQL.User, Password: c.MySQL.Password.Reveal(),
		})
	case MariaDB:
		return mariadb.Start(ctx, mariadb.Options{
			Dir: dir, Port: ports[2], User: c.MySQL.User, Password: c.MySQL.Password.Reveal(),
		})
	}
	return nil, fmt.Errorf("server %q: want %s, %s, %s or %s: %w", name, Temporal, S3, Embedded, MariaDB, lfb.ErrInvalid)
}
