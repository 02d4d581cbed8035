package web

import "net/http"

// showAbout tells what this is, whose data it rests on and how good the model is.
func (u *ui) showAbout(*http.Request) (*view, error) {
	return &view{Template: "about", Title: "About", Section: "about"}, nil
}
