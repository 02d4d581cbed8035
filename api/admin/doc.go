// Package admin is the admin API (8002): what administrators and analysts read
// and change. Reading needs the role analyst, changing the role admin.
package admin
