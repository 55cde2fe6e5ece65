/* Messages to a local socket, as syslogd has one. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim.h"

EXPORT int32_t datagram_send(const uint8_t *path, const uint8_t *bytes, uint32_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strnlen((const char *)path, sizeof address.sun_path);
	int32_t result = 0;
	int fd;

	if (length == sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, bytes, size, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address) < 0)
		result = -errno;
	close(fd);
	return result;
}
