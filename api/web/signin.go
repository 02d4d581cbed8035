package web

import (
	"net/http"

	"go.uber.org/zap"

	"lfb/internal/httpx"
)

// signIn shows the form that asks who it is.
func (u *ui) signIn(w http.ResponseWriter, r *http.Request, f httpx.SignInForm) {
	v := &view{Template: "signin", Title: "Sign in", Status: f.Status, Body: f, Bare: true}
	if err := u.pages.writePage(w, v); err != nil {
		u.Log.Error("page not written", zap.String("path", r.URL.Path), zap.Error(err))
	}
}
