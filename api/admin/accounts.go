package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/registry"
)

// AccountBody makes or changes an account.
type AccountBody struct {
	Role     string `json:"role" enum:"operator,analyst,admin"`
	Disabled *bool  `json:"disabled,omitempty" doc:"Default: as it is; a new account is not"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"200" doc:"Without one a new account gets a random one, shown once; an old one keeps its own. Needs a password, not a key"`
	OneTime  bool   `json:"one_time,omitempty" doc:"The account can do nothing before it changes its password, by POST /v1/password, which is to be done within three days"`
}

// AccountPatch changes what it names, and nothing else.
type AccountPatch struct {
	Role     string `json:"role,omitempty" enum:"operator,analyst,admin"`
	Disabled *bool  `json:"disabled,omitempty"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"200" doc:"Needs a password, not a key"`
	OneTime  bool   `json:"one_time,omitempty" doc:"The account can do nothing before it changes its password, by POST /v1/password, which is to be done within three days"`
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
	Scope     string    `json:"scope" enum:"operator,analyst,admin,candidate,availability" doc:"The most that it may do; never more than its account. Candidate is for fitting candidates elsewhere alone, availability for saying who is out, whatever the account"`
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
	Before int64  `query:"before" doc:"Continue after the entry of this id, as after does"`
	Who    string `query:"who" maxLength:"255" doc:"Changes of this account alone"`
	Text   string `query:"text" maxLength:"255" doc:"Changes whose action, target or detail has this text"`
}

// PasswordBody is a password of one's own.
type PasswordBody struct {
	Password string `json:"password" minLength:"12" maxLength:"200" example:"tide over lambeth bridge" doc:"Not easily guessed, and another than the present one"`
}

// passwordPath is open to operators too, and to one-time passwords.
const passwordPath = "/v1/password"

// rotatePath is open to operators too, whose keys may renew themselves.
const rotatePath = "/v1/api-keys/{id}/rotate"

func (a *api) registerAccounts(doc huma.API) {
	const tag = "accounts"
	registerList(doc, tag, "accounts", "/v1/accounts", "Who may sign in",
		func(ctx context.Context, _ *PageInput) ([]registry.Account, error) { return a.Store.Accounts(ctx) },
		func(v registry.Account) string { return v.Name })
	set := newOperation(tag, http.MethodPut, "set-account", "/v1/accounts/{name}", "Make or change an account")
	documentStatus[AccountAnswer](doc, &set, http.StatusCreated, "It is new")
	registerChange(doc, set, func(ctx context.Context, by control.Actor, in *setAccountInput) (*accountOutput, error) {
		return a.changeAccount(ctx, by, in.Name, AccountPatch(in.Body), true)
	})
	patch := newOperation(tag, http.MethodPatch, "change-account", "/v1/accounts/{name}",
		"Change what is named of an account")
	registerChange(doc, patch, func(ctx context.Context, by control.Actor, in *patchAccountInput) (*accountOutput, error) {
		return a.changeAccount(ctx, by, in.Name, in.Body, false)
	})
	registerChange(doc, newOperation(tag, http.MethodDelete, "end-sessions", "/v1/accounts/{name}/sessions",
		"Sign an account's browsers out; it holds within a minute"), a.endSessions)
	password := newOperation(tag, http.MethodPost, "change-password", passwordPath,
		"Change your own password; needs a password, not a key")
	password.Description = "For every role. It signs the account's browsers out, and is all that a one-time password " +
		"can do: " +
		"anything else answers 403, password_change_needed. The old password is worthless within a minute."
	huma.Register(doc, password, a.changePassword)
	registerList(doc, tag, "keys", "/v1/api-keys", "API keys, oldest first",
		func(ctx context.Context, _ *PageInput) ([]registry.APIKey, error) { return a.Store.APIKeys(ctx) },
		func(v registry.APIKey) string { return v.ID })
	makeKey := newOperation(tag, http.MethodPost, "make-key", "/v1/api-keys",
		"Make an API key; needs a password, not a key")
	makeKey.DefaultStatus = http.StatusCreated
	registerChange(doc, makeKey, a.makeKey)
	rotate := newOperation(tag, http.MethodPost, "rotate-key", rotatePath, "Give a key a new secret")
	rotate.Description = "For the key itself, whatever its scope, and for administrators by password. Id, scope and " +
		"expiry stay; the old secret is worthless within a minute."
	huma.Register(doc, rotate, a.rotateKey)
	registerChange(doc, newOperation(tag, http.MethodDelete, "revoke-key", "/v1/api-keys/{id}",
		"Revoke an API key; it holds within a minute"),
		func(ctx context.Context, by control.Actor, in *idInput) (*struct{}, error) {
			return nil, a.people.RevokeKey(ctx, by, in.ID)
		})
	registerList(doc, tag, "audit", "/v1/audit", "Who changed what, newest first", a.listAudit,
		func(v registry.AuditEntry) string { return strconv.FormatInt(v.ID, 10) })
}

// changeAccount changes what p names; an account that is not there is made where
// create says so.
func (a *api) changeAccount(ctx context.Context, by control.Actor, name string, p AccountPatch,
	create bool,
) (*accountOutput, error) {
	done, err := a.people.ChangeAccount(ctx, by, control.AccountChange{
		Name: name, Role: registry.Role(p.Role), Disabled: p.Disabled, Password: p.Password, OneTime: p.OneTime,
		Create: create,
	})
	out := &accountOutput{Status: http.StatusOK, Body: AccountAnswer{done.Account, done.Password}}
	if done.IsNew {
		out.Status = http.StatusCreated
	}
	return out, err
}

func (a *api) endSessions(ctx context.Context, by control.Actor, in *AccountName) (*endedOutput, error) {
	out := &endedOutput{}
	var err error
	out.Body.Ended, err = a.people.EndSessions(ctx, by, in.Name)
	return out, err
}

func (a *api) changePassword(ctx context.Context, in *struct{ Body PasswordBody }) (*struct{}, error) {
	return nil, answerError(a.people.ChangePassword(ctx, actorOf(httpx.Who(ctx)), in.Body.Password))
}

func (a *api) makeKey(ctx context.Context, by control.Actor, in *struct{ Body KeyBody }) (*output[KeyAnswer], error) {
	k, secret, err := a.people.MakeKey(ctx, by, control.KeyRequest{
		Account: in.Body.Account, Scope: registry.Role(in.Body.Scope), Note: in.Body.Note, ExpiresAt: in.Body.ExpiresAt,
	})
	return &output[KeyAnswer]{KeyAnswer{k, secret}}, err
}

// rotateKey gives a key a new secret: by itself, or by an administrator.
func (a *api) rotateKey(ctx context.Context, in *idInput) (*output[KeyAnswer], error) {
	by := actorOf(httpx.Who(ctx))
	if by.Key != in.ID {
		if _, err := requireAdmin(ctx); err != nil {
			return nil, err
		}
	}
	k, secret, err := a.people.RotateKey(ctx, by, in.ID)
	return &output[KeyAnswer]{KeyAnswer{k, secret}}, answerError(err)
}

func (a *api) listAudit(ctx context.Context, in *auditInput) ([]registry.AuditEntry, error) {
	after, limit := in.cutPage(50)
	before, err := strconv.ParseInt(cmp.Or(after, fmt.Sprint(in.Before)), 10, 64)
	if err != nil {
		return nil, httpx.Invalid(httpx.Field{Pointer: "query/after", Detail: "is no entry's id"})
	}
	return a.Store.Audit(ctx, registry.AuditQuery{Before: before, Limit: limit, Who: in.Who, Text: in.Text})
}
