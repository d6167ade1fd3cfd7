module example.org/shop

go 1.21

toolchain go1.22.3

require (
	github.com/gin-gonic/gin v1.9.1
	github.com/redis/go-redis/v9 v9.5.1
	k8s.io/client-go v0.29.3 // indirect
	golang.org/x/net v0.0.0-20220722155237-a158d28d115b // indirect
)

require github.com/docker/docker v24.0.7+incompatible

replace github.com/gin-gonic/gin => ../gin

exclude (
	golang.org/x/net v1.2.3
)

retract [v1.0.0, v1.0.5] // published by mistake
