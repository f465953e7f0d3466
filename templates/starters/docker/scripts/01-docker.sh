# shellcheck shell=sh
# Since Debian 13 the command docker is a package of its own.
have docker || install_packages docker-cli
service_enable docker

left=30
until docker info >/dev/null 2>&1; do
	if [ "$left" -le 0 ]; then
		docker info >&2 || :
		die "Docker does not answer. Is nesting on? See journalctl -u docker in the container"
	fi
	left=$((left - 1))
	sleep 1
done

say "Docker $(docker version --format '{{.Server.Version}}') is ready"
driver=$(docker info --format '{{.Driver}}')
if [ "$driver" = vfs ]; then
	warn "Docker keeps a whole copy of each layer here (driver vfs): that is slow and takes much disk. Another storage helps"
else
	say "It keeps its images with the driver $driver"
fi
docker-compose version
