package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"lfb/internal/auth"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AccountBody makes or changes an account.
type AccountBody struct {
	Role     string `json:"role" enum:"operator,analyst,admin"`
	Disabled bool   `json:"disabled,omitempty"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"200" doc:"Without one a new account gets a random one, shown once; an old one keeps its own"`
}

// AccountAnswer is an account; password only where one was made.
type AccountAnswer struct {
	registry.Account
	Password string `json:"password,omitempty"`
}

type accountInput struct {
	Name string `path:"name" pattern:"^[a-z0-9][a-z0-9._-]{0,62}$"`
	Body AccountBody
}

type accountOutput struct {
	Status int
	Body   AccountAnswer
}

// KeyBody asks for an API key.
type KeyBody struct {
	Account   string    `json:"account,omitempty" doc:"Default: yours"`
	Scope     string    `json:"scope" enum:"operator,analyst,admin" doc:"The most that it may do; never more than its account"`
	Note      string    `json:"note" minLength:"1" maxLength:"200" doc:"What it is for"`
	ExpiresAt time.Time `json:"expires_at,omitzero" required:"false" doc:"Default: never"`
}

// KeyAnswer is a key as it is shown once.
type KeyAnswer struct {
	registry.APIKey
	Key string `json:"key" doc:"Send it as Authorization: Bearer; it is not shown again"`
}

type endedOutput struct {
	Body struct {
		Ended int64 `json:"ended" doc:"How many there were"`
	}
}

type auditInput struct {
	Before int64 `query:"before" doc:"Continue after the entry of this id"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

func (a *api) registerAccounts(doc huma.API) {
	const tag = "accounts"
	list(doc, tag, "accounts", "/v1/accounts", "Who may sign in", func(ctx context.Context, _ *struct{}) ([]registry.Account, error) {
		return a.Store.Accounts(ctx)
	})
	huma.Register(doc, signed(tag, http.MethodPut, "set-account", "/v1/accounts/{name}", "Make or change an account"), a.setAccount)
	huma.Register(doc, signed(tag, http.MethodDelete, "end-sessions", "/v1/accounts/{name}/sessions", "Sign an account's browsers out; it holds within a minute"), a.endSessions)
	list(doc, tag, "keys", "/v1/api-keys", "API keys, oldest first", func(ctx context.Context, _ *struct{}) ([]registry.APIKey, error) {
		return a.Store.APIKeys(ctx)
	})
	makeKey := signed(tag, http.MethodPost, "make-key", "/v1/api-keys", "Make an API key")
	makeKey.DefaultStatus = http.StatusCreated
	huma.Register(doc, makeKey, a.makeKey)
	huma.Register(doc, signed(tag, http.MethodDelete, "revoke-key", "/v1/api-keys/{id}", "Revoke an API key; it holds within a minute"),
		func(ctx context.Context, in *idInput) (*struct{}, error) {
			if err := a.audit(ctx, "revoke key", in.ID, ""); err != nil {
				return nil, err
			}
			return nil, fail(a.Store.RevokeAPIKey(ctx, in.ID, a.Now().UTC()))
		})
	list(doc, tag, "audit", "/v1/audit", "Who changed what, newest first", func(ctx context.Context, in *auditInput) ([]registry.AuditEntry, error) {
		return a.Store.Audit(ctx, in.Before, in.Limit)
	})
}

func (a *api) setAccount(ctx context.Context, in *accountInput) (*accountOutput, error) {
	old, err := a.Store.Account(ctx, in.Name)
	isNew := errors.Is(err, lfb.ErrNotFound)
	if err != nil && !isNew {
		return nil, fail(err)
	}
	out := &accountOutput{Status: http.StatusOK}
	acc := registry.Account{Name: in.Name, PasswordHash: old.PasswordHash, Role: registry.Role(in.Body.Role), Disabled: in.Body.Disabled, CreatedAt: old.CreatedAt}
	password := in.Body.Password
	if isNew {
		out.Status, acc.CreatedAt = http.StatusCreated, a.Now().UTC()
		if password == "" {
			password = random(18)
			out.Body.Password = password
		}
	}
	if in.Name == httpx.Who(ctx).Name && (acc.Disabled || acc.Role != registry.RoleAdmin) {
		return nil, fail(fmt.Errorf("your own account: somebody else must take it away: %w", lfb.ErrConflict))
	}
	if err := a.audit(ctx, "set account", in.Name, "role %s, disabled %v, new password %v", acc.Role, acc.Disabled, password != ""); err != nil {
		return nil, err
	}
	if password != "" {
		if acc.PasswordHash, err = auth.HashPassword(password); err != nil {
			return nil, fail(err)
		}
	}
	out.Body.Account = acc
	return out, fail(a.Store.SaveAccount(ctx, acc))
}

func (a *api) endSessions(ctx context.Context, in *struct {
	Name string `path:"name"`
},
) (*endedOutput, error) {
	if err := a.audit(ctx, "end sessions", in.Name, ""); err != nil {
		return nil, err
	}
	out := &endedOutput{}
	var err error
	out.Body.Ended, err = a.Store.EndSessions(ctx, in.Name)
	return out, fail(err)
}

func (a *api) makeKey(ctx context.Context, in *struct{ Body KeyBody }) (*output[KeyAnswer], error) {
	name, now := in.Body.Account, a.Now().UTC()
	if name == "" {
		name = httpx.Who(ctx).Name
	}
	if !in.Body.ExpiresAt.IsZero() && !in.Body.ExpiresAt.After(now) {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/expires_at", Detail: "is over already"})
	}
	if _, err := a.Store.Account(ctx, name); errors.Is(err, lfb.ErrNotFound) {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/account", Detail: "no account " + name})
	} else if err != nil {
		return nil, fail(err)
	}
	key := "lfb_" + random(32)
	sum := sha256.Sum256([]byte(key))
	k := registry.APIKey{
		ID: uuid.NewString(), Hash: hex.EncodeToString(sum[:]), Account: name, Scope: registry.Role(in.Body.Scope),
		Note: in.Body.Note, CreatedAt: now, ExpiresAt: in.Body.ExpiresAt.UTC(),
	}
	if err := a.audit(ctx, "make key", k.ID, "for %s, scope %s: %s", name, k.Scope, k.Note); err != nil {
		return nil, err
	}
	if err := a.Store.SaveAPIKey(ctx, k); err != nil {
		return nil, fail(err)
	}
	return &output[KeyAnswer]{KeyAnswer{k, key}}, nil
}

// random is n random bytes as text.
func random(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}
