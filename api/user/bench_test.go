package user_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"lfb/internal/serve/servetest"
)

// BenchmarkPredict is one call through the whole handler, sign-in and spool
// included, without the network: a champion of five times 500 trees of 63 leaves.
func BenchmarkPredict(b *testing.B) {
	predict(b, newSite(b, servetest.Fit(b, servetest.Options{Rows: 10000, Rounds: 500, Leaves: 63})))
}

// BenchmarkHandler is the same with a champion of ten small trees: what all but
// the model costs.
func BenchmarkHandler(b *testing.B) { predict(b, newSite(b, champion(b))) }

func predict(b *testing.B, s *site) {
	for _, bench := range []struct{ name, path, body string }{
		{"postcode", "/v1/predictions", `{"postcode":"SE1 9NF","incident_group":"Fire"}`},
		{"original", "/predict", `{"HourOfCall":14,"IncGeo_BoroughCode":"E09000001","IncGeo_WardCode":"E05000001","Easting_rounded":523050,"Northing_rounded":173050,"IncidentStationGround":"Deptford","PumpOrder":1,"Month":3}`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := httptest.NewRequest("POST", bench.path, strings.NewReader(bench.body))
					r.Header.Set("Content-Type", "application/json")
					r.SetBasicAuth("ann", "secret")
					w := httptest.NewRecorder()
					if s.handler.ServeHTTP(w, r); w.Code != 200 {
						b.Fatalf("%s = %d %s", bench.path, w.Code, w.Body)
					}
				}
			})
		})
	}
}
