package temporald

import (
	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startUI serves the Web UI. Its server ends the process if its port is taken,
// so the caller has made sure that it is free.
func startUI(o Options) *server.Server {
	s := server.NewServer(server_options.WithConfigProvider(&config.Config{
		Host: loopback, Port: o.UIPort, TemporalGRPCAddress: addr(o.Port), EnableUI: true,
		CORS:     config.CORS{CookieInsecure: true}, // loopback has no TLS
		HideLogs: true, DisableNewsFetch: true,      // nothing leaves the machine
		DefaultNamespace: o.Namespace,
	}))
	go func() {
		if err := s.Start(); err != nil {
			o.Log.Error("temporal ui stopped: " + err.Error())
		}
	}()
	return s
}
