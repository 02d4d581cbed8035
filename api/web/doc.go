// Package web is the web UI (8501): pages made on the server, everything
// embedded, usable by keyboard and on a phone.
package web
