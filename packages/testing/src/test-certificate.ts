const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAA9i/jbbd9U3oK90
Micjb8IMSS313CEr8rnas5kqaWChRANCAARbKJqNCuAuHBGYqAiUAX3eRo0Y6D3j
AfPx/g3HFng3LnNm4dW/ESejfGp5C+HToBPHNQ/e0sXMxmkt+k2JbLPc
-----END PRIVATE KEY-----
`

const cert = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUZLo7ti+ZT+p4RFemr5IB9DHFo20wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTAxMTA1N1oYDzIxMjYxMTA1
MDExMDU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARbKJqNCuAuHBGYqAiUAX3eRo0Y6D3jAfPx/g3HFng3LnNm4dW/ESej
fGp5C+HToBPHNQ/e0sXMxmkt+k2JbLPco28wbTAdBgNVHQ4EFgQUDSc5akIS9MPd
GvhpGFpzhxK2jSEwHwYDVR0jBBgwFoAUDSc5akIS9MPdGvhpGFpzhxK2jSEwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgIUk2OIUKypbyx82/qzh6fqH35+Lg3cQiIXZ7Jaazk5UCIFAc
gzZTSZ0720tWBn7ZCHqaGENp/H4P+VnuU5w9yJYm
-----END CERTIFICATE-----
`

/**
 * A certificate for localhost and 127.0.0.1 that signs itself, and its key, for TLS servers of tests. It is valid until
 * 2126. To make another one:
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 36500 \
 *       -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
 */
export const testCertificate = { key, cert }
