package admin

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"lfb/internal/auth"
	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AccountBody makes or changes an account.
type AccountBody struct {
	Role     string `json:"role" enum:"operator,analyst,admin"`
	Disabled *bool  `json:"disabled,omitempty" doc:"Default: as it is; a new account is not"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"200" doc:"Without one a new account gets a random one, shown once; an old one keeps its own. Needs a password, not a key"`
}

// AccountPatch changes what it names, and nothing else.
type AccountPatch struct {
	Role     string `json:"role,omitempty" enum:"operator,analyst,admin"`
	Disabled *bool  `json:"disabled,omitempty"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"200" doc:"Needs a password, not a key"`
}

// AccountAnswer is an account; password only where one was made.
type AccountAnswer struct {
	registry.Account
	Password string `json:"password,omitempty"`
}

// AccountName is the path of an account.
type AccountName struct {
	Name string `path:"name" pattern:"^[a-z0-9][a-z0-9._-]{0,62}$"`
}

type setAccountInput struct {
	AccountName
	Body AccountBody
}

type patchAccountInput struct {
	AccountName
	Body AccountPatch
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
	PageInput
	Before int64 `query:"before" doc:"Continue after the entry of this id, as after does"`
}

// rotatePath is open to operators too, whose keys may renew themselves.
const rotatePath = "/v1/api-keys/{id}/rotate"

func (a *api) registerAccounts(doc huma.API) {
	const tag = "accounts"
	registerList(doc, tag, "accounts", "/v1/accounts", "Who may sign in",
		func(ctx context.Context, _ *PageInput) ([]registry.Account, error) { return a.Store.Accounts(ctx) },
		func(v registry.Account) string { return v.Name })
	set := newOperation(tag, http.MethodPut, "set-account", "/v1/accounts/{name}", "Make or change an account")
	set.Responses = map[string]*huma.Response{"201": {Description: "It is new", Content: map[string]*huma.MediaType{
		"application/json": {Schema: doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[AccountAnswer](), true, "")},
	}}}
	registerChange(doc, set, func(ctx context.Context, by control.Actor, in *setAccountInput) (*accountOutput, error) {
		return a.changeAccount(ctx, by, in.Name, AccountPatch(in.Body), true)
	})
	patch := newOperation(tag, http.MethodPatch, "change-account", "/v1/accounts/{name}", "Change what is named of an account")
	registerChange(doc, patch, func(ctx context.Context, by control.Actor, in *patchAccountInput) (*accountOutput, error) {
		return a.changeAccount(ctx, by, in.Name, in.Body, false)
	})
	registerChange(doc, newOperation(tag, http.MethodDelete, "end-sessions", "/v1/accounts/{name}/sessions", "Sign an account's browsers out; it holds within a minute"), a.endSessions)
	registerList(doc, tag, "keys", "/v1/api-keys", "API keys, oldest first",
		func(ctx context.Context, _ *PageInput) ([]registry.APIKey, error) { return a.Store.APIKeys(ctx) },
		func(v registry.APIKey) string { return v.ID })
	makeKey := newOperation(tag, http.MethodPost, "make-key", "/v1/api-keys", "Make an API key; needs a password, not a key")
	makeKey.DefaultStatus = http.StatusCreated
	registerChange(doc, makeKey, a.makeKey)
	rotate := newOperation(tag, http.MethodPost, "rotate-key", rotatePath, "Give a key a new secret")
	rotate.Description = "For the key itself, whatever its scope, and for administrators by password. Id, scope and expiry stay; the old secret is worthless within a minute."
	huma.Register(doc, rotate, a.rotateKey)
	registerChange(doc, newOperation(tag, http.MethodDelete, "revoke-key", "/v1/api-keys/{id}", "Revoke an API key; it holds within a minute"),
		func(ctx context.Context, by control.Actor, in *idInput) (*struct{}, error) {
			if err := needsPassword(by); err != nil {
				return nil, err
			}
			if err := a.appendAudit(ctx, by, "revoke key", in.ID, ""); err != nil {
				return nil, err
			}
			return nil, a.Store.RevokeAPIKey(ctx, in.ID, a.Now().UTC())
		})
	registerList(doc, tag, "audit", "/v1/audit", "Who changed what, newest first", a.listAudit,
		func(v registry.AuditEntry) string { return strconv.FormatInt(v.ID, 10) })
}

// needsPassword keeps keys from making what would outlive them: passwords, accounts
// and other keys.
func needsPassword(by control.Actor) error {
	if by.Key == "" {
		return nil
	}
	return httpx.PasswordNeeded("passwords, accounts and keys are made and taken away by whoever signs in with a password, not by a key")
}

// changeAccount changes what p names; an account that is not there is made where
// create says so.
func (a *api) changeAccount(ctx context.Context, by control.Actor, name string, p AccountPatch, create bool) (*accountOutput, error) {
	acc, err := a.Store.Account(ctx, name)
	isNew := create && errors.Is(err, lfb.ErrNotFound)
	if err != nil && !isNew {
		return nil, err
	}
	out := &accountOutput{Status: http.StatusOK}
	password := p.Password
	if isNew {
		out.Status = http.StatusCreated
		acc = registry.Account{Name: name, CreatedAt: a.Now().UTC()}
		if password == "" {
			password = randomText(18)
			out.Body.Password = password
		}
	}
	if p.Role != "" {
		acc.Role = registry.Role(p.Role)
	}
	if p.Disabled != nil {
		acc.Disabled = *p.Disabled
	}
	if name == by.Name && (acc.Disabled || acc.Role != registry.RoleAdmin) {
		return nil, fmt.Errorf("your own account: somebody else must take it away: %w", lfb.ErrConflict)
	}
	if password != "" {
		if err := needsPassword(by); err != nil {
			return nil, err
		}
		if err := auth.CheckPassword(password, name, "lfb", "london", "fire", "brigade"); err != nil {
			return nil, httpx.Invalid(httpx.Field{Pointer: "/password", Detail: lfb.Plain(err)})
		}
		if acc.PasswordHash, err = auth.HashPassword(password); err != nil {
			return nil, err
		}
	}
	if err := a.appendAudit(ctx, by, "set account", name, "role %s, disabled %v, new password %v", acc.Role, acc.Disabled, password != ""); err != nil {
		return nil, err
	}
	out.Body.Account = acc
	return out, a.Store.SaveAccount(ctx, acc)
}

func (a *api) endSessions(ctx context.Context, by control.Actor, in *AccountName) (*endedOutput, error) {
	if err := a.appendAudit(ctx, by, "end sessions", in.Name, ""); err != nil {
		return nil, err
	}
	out := &endedOutput{}
	var err error
	out.Body.Ended, err = a.Store.EndSessions(ctx, in.Name)
	return out, err
}

func (a *api) makeKey(ctx context.Context, by control.Actor, in *struct{ Body KeyBody }) (*output[KeyAnswer], error) {
	if err := needsPassword(by); err != nil {
		return nil, err
	}
	name, now := cmp.Or(in.Body.Account, by.Name), a.Now().UTC()
	if !in.Body.ExpiresAt.IsZero() && !in.Body.ExpiresAt.After(now) {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/expires_at", Detail: "is over already"})
	}
	if _, err := a.Store.Account(ctx, name); errors.Is(err, lfb.ErrNotFound) {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/account", Detail: "no account " + name})
	} else if err != nil {
		return nil, err
	}
	secret, hash := newSecret()
	k := registry.APIKey{
		ID: uuid.NewString(), Hash: hash, Account: name, Scope: registry.Role(in.Body.Scope),
		Note: in.Body.Note, CreatedAt: now, ExpiresAt: in.Body.ExpiresAt.UTC(),
	}
	if err := a.appendAudit(ctx, by, "make key", k.ID, "for %s, scope %s: %s", name, k.Scope, k.Note); err != nil {
		return nil, err
	}
	return &output[KeyAnswer]{KeyAnswer{k, secret}}, a.Store.SaveAPIKey(ctx, k)
}

// rotateKey gives a key a new secret: by itself, or by an administrator's password.
func (a *api) rotateKey(ctx context.Context, in *idInput) (*output[KeyAnswer], error) {
	by := actorOf(httpx.Who(ctx))
	if by.Key != in.ID {
		if _, err := requireAdmin(ctx); err != nil {
			return nil, err
		}
		if err := needsPassword(by); err != nil {
			return nil, err
		}
	}
	if err := a.appendAudit(ctx, by, "rotate key", in.ID, ""); err != nil {
		return nil, answerError(err)
	}
	secret, hash := newSecret()
	k, err := a.Store.RotateAPIKey(ctx, in.ID, hash)
	return &output[KeyAnswer]{KeyAnswer{k, secret}}, answerError(err)
}

func (a *api) listAudit(ctx context.Context, in *auditInput) ([]registry.AuditEntry, error) {
	after, limit := in.cutPage(50)
	before, err := strconv.ParseInt(cmp.Or(after, fmt.Sprint(in.Before)), 10, 64)
	if err != nil {
		return nil, httpx.Invalid(httpx.Field{Pointer: "query/after", Detail: "is no entry's id"})
	}
	return a.Store.Audit(ctx, before, limit)
}

// newSecret is a new API key and its SHA-256, which is what is kept.
func newSecret() (key, hash string) {
	key = "lfb_" + randomText(32)
	sum := sha256.Sum256([]byte(key))
	return key, hex.EncodeToString(sum[:])
}

// randomText is n random bytes as text.
func randomText(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}
