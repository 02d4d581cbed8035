package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lfb/internal/auth"
	"lfb/internal/config"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

// Who is out, set at one of two api processes on one database, is in the other's answers a moment later, and still is
// when that one starts again without its database.
func TestAvailabilityReachesEveryReplica(t *testing.T) {
	t.Parallel()
	cfg := mariadbtest.Start(t).Config()
	db := mysqltest.Open(t, cfg)
	hash, err := auth.HashPassword("secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]registry.Role{"root": registry.RoleAdmin, "ann": registry.RoleOperator} {
		account := registry.Account{Name: name, Role: role, PasswordHash: hash, CreatedAt: time.Now()}
		if err := db.SaveAccount(t.Context(), account); err != nil {
			t.Fatal(err)
		}
	}
	start := func(dir, database string) (user, admin string, stop func()) {
		at := free(t, 3)
		c, err := config.Load("api", []string{
			"-state.dir", dir, "-api.user", at[0], "-api.admin", at[1], "-api.web", at[2], "-mysql.user", cfg.User,
			"-mysql.database", cfg.Database, "-mysql.address", database, "-s3.endpoint", "127.0.0.1:1",
			"-temporal.address", "127.0.0.1:1",
		}, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		_, stop = runAPI(t, c)
		return "http://" + at[0], "http://" + at[1], stop
	}
	ask := func(as, method, address, body, match string) (int, string) {
		return request(t, http.DefaultClient, as, method, address, body, match)
	}
	// await asks about a place beside Deptford's station until the answer is as it should be.
	beside := fmt.Sprintf(`{"easting":%d,"northing":%d}`, servetest.West+2850, servetest.South+3050)
	await := func(what, user string, out bool) {
		t.Helper()
		var text string
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			var status int
			status, text = ask("ann", "POST", user+"/v1/predictions", beside, "")
			if status == http.StatusOK && strings.Contains(text, `"availability":`) == out {
				return
			}
		}
		t.Fatalf("%s: not within a minute: %s", what, text)
	}
	second := lived(t)
	user1, admin1, stop1 := start(lived(t), cfg.Address)
	defer stop1()
	user2, _, stop2 := start(second, cfg.Address)
	await("as usual", user1, false)
	await("as usual, at the other", user2, false)
	const out = `{"engines":[{"station":"Deptford"}]}`
	if status, text := ask("root", "PUT", admin1+"/v1/availability", out, `"0"`); status != http.StatusOK {
		t.Fatalf("set: %d %s", status, text)
	}
	await("set", user1, true)
	await("set at the other", user2, true)
	stop2()
	user2, _, stop2 = start(second, "127.0.0.1:1")
	defer stop2()
	await("without the database", user2, true)
	if status, text := ask("root", "PUT", admin1+"/v1/availability", `{"engines":[]}`, `"1"`); status != http.StatusOK {
		t.Fatalf("taken back: %d %s", status, text)
	}
	await("taken back", user1, false)
}
