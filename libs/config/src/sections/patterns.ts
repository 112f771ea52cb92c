/** Names of queues: they become part of Redis keys and of metric labels. */
export const QUEUE_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** `host:port` with a port from 1 to 65535; IPv6 in brackets. */
export const HOST_AND_PORT =
  /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

/** An address to listen on: an IP address or a host name, without a port. */
export const BIND_ADDRESS = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+)$/;

/** Text that is not empty. */
export const NOT_EMPTY = /\S/;

/** Names of job kinds: `file.digest`. */
export const JOB_KIND = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

/** File name extensions with their dot: `.pdf`. */
export const EXTENSION = /^\.[^./\\\s][^/\\\s]*$/;

/** An origin: `https://api.example.org` or `http://10.0.0.7:8080`, without a path, a user or a wildcard. */
export const WEB_ORIGIN =
  /^https?:\/\/([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?$/;

/** Names of commands: what a job of kind `command.run` says. */
export const COMMAND_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
