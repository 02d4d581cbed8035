package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/activities"
	"lfb/internal/auth"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
	"lfb/internal/s3"
)

// SearchAttributes are the names and types that the workflows set.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		activities.AttrLine:    enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrDataSet: enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrVersion: enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrOutcome: enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrTrigger: enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrRun:     enums.INDEXED_VALUE_TYPE_KEYWORD,
		activities.AttrAsOf:    enums.INDEXED_VALUE_TYPE_DATETIME,
	}
}

// AdminAccount is the name of the account that setup makes.
const AdminAccount = "admin"

// AdminFile is where setup leaves the admin's password, with mode 0600.
func AdminFile(c *config.Config) string { return filepath.Join(c.State.Dir, "admin.password") }

// Setup creates the tables, the bucket, the search attributes, the schedules and
// the first account. It is safe to repeat. made is the new account's password, empty where
// the account was there already.
func Setup(ctx context.Context, c *config.Config, log *zap.Logger) (made config.Secret, err error) {
	if err := mysql.CreateDatabase(ctx, c.MySQL); err != nil {
		return "", err
	}
	db, err := mysql.Open(ctx, c.MySQL)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }() // nothing is in flight
	if err := db.Migrate(ctx); err != nil {
		return "", err
	}
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return "", err
	}
	if err := bucket.EnsureBucket(ctx); err != nil {
		return "", err
	}
	cl, err := Dial(ctx, c, log)
	if err != nil {
		return "", err
	}
	defer cl.Close()
	if err := ensureSearchAttributes(ctx, cl, c.Temporal.Namespace); err != nil {
		return "", err
	}
	ended, err := control.SupersedeOpenRuns(ctx, cl, c.Temporal.Namespace, db, time.Now())
	if err != nil {
		return "", err
	}
	if ended > 0 {
		log.Warn("runs of an older release ended", zap.Int("runs", ended))
	}
	if err := control.EnsureSchedules(ctx, cl, c); err != nil {
		return "", err
	}
	return ensureAdmin(ctx, db, AdminFile(c))
}

func ensureSearchAttributes(ctx context.Context, cl client.Client, namespace string) error {
	op := cl.OperatorService()
	have, err := op.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("search attributes of %s: %w", namespace, err)
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range SearchAttributes() {
		if _, ok := have.GetCustomAttributes()[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = op.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace:        namespace,
		SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("search attributes of %s: %w", namespace, err)
	}
	return nil
}

// accounts is what making the first account needs.
type accounts interface {
	Account(ctx context.Context, name string) (registry.Account, error)
	SaveAccount(ctx context.Context, a registry.Account) error
}

// ensureAdmin writes the password's file before the account, so that a kill
// between the two leaves a file that the next setup uses, and never an account
// whose password nobody has.
func ensureAdmin(ctx context.Context, db accounts, file string) (config.Secret, error) {
	_, err := db.Account(ctx, AdminAccount)
	if err == nil || !errors.Is(err, lfb.ErrNotFound) {
		return "", err
	}
	password, err := passwordIn(file)
	if err != nil {
		return "", err
	}
	hash, err := auth.HashPassword(password)
	if err != nil {
		return "", err
	}
	return config.Secret(password), db.SaveAccount(ctx, registry.Account{
		Name: AdminAccount, PasswordHash: hash,
		Role: registry.RoleAdmin, CreatedAt: time.Now().UTC(),
	})
}

func passwordIn(file string) (string, error) {
	body, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(body)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	raw := make([]byte, 18)
	rand.Read(raw) // never fails
	password := base64.RawURLEncoding.EncodeToString(raw)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return password, os.WriteFile(file, []byte(password+"\n"), 0o600)
}
