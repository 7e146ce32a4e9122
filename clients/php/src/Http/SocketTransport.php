<?php

declare(strict_types=1);

namespace UsdtClient\Http;

/** Reaches the gateway by PHP's own sockets, where there is no curl. */
final class SocketTransport implements Transport
{
    private const CHUNK = 65536;
    private const MOST_HEADER_BYTES = 65536;

    public function send(Request $request): Response
    {
        $end = microtime(true) + $request->timeout;
        $socket = self::connect($request);
        try {
            self::write($socket, self::encode($request), $end);
            return self::read($socket, $request->maxBytes, $end);
        } finally {
            fclose($socket);
        }
    }

    /** @return resource */
    private static function connect(Request $request)
    {
        $url = parse_url($request->url);
        $isSecure = $url['scheme'] === 'https';
        if ($isSecure && !in_array('tls', stream_get_transports(), true)) {
            throw new \RuntimeException('neither the extension for curl nor that for openssl is there');
        }
        $host = $url['host'];
        $address = ($isSecure ? 'tls' : 'tcp') . "://$host:" . ($url['port'] ?? ($isSecure ? 443 : 80));
        $context = stream_context_create(['ssl' => [
            'verify_peer' => true,
            'verify_peer_name' => true,
            'allow_self_signed' => false,
            'peer_name' => trim($host, '[]'),
            'SNI_enabled' => true,
        ]]);
        $warnings = [];
        // Why a certificate is refused is said in a warning only.
        set_error_handler(static function (int $level, string $message) use (&$warnings): bool {
            $warnings[] = $message;
            return true;
        });
        try {
            $timeout = min($request->connectTimeout, $request->timeout);
            $socket = stream_socket_client($address, $code, $why, $timeout, STREAM_CLIENT_CONNECT, $context);
        } finally {
            restore_error_handler();
        }
        if ($socket === false) {
            throw new \RuntimeException($warnings[0] ?? "no connection: $why");
        }
        return $socket;
    }

    private static function encode(Request $request): string
    {
        $url = parse_url($request->url);
        $path = ($url['path'] ?? '/') . (isset($url['query']) ? "?{$url['query']}" : '');
        $headers = $request->headers + [
            'Host' => $url['host'] . (isset($url['port']) ? ":{$url['port']}" : ''),
            'Connection' => 'close',
        ];
        if ($request->body !== null) {
            $headers['Content-Length'] = (string) strlen($request->body);
        }
        $text = "{$request->method} $path HTTP/1.1\r\n";
        foreach ($headers as $name => $value) {
            $text .= "$name: $value\r\n";
        }
        return "$text\r\n{$request->body}";
    }

    /** @param resource $socket */
    private static function write($socket, string $bytes, float $end): void
    {
        while ($bytes !== '') {
            self::bound($socket, $end);
            // A connection that has gone is told by a notice, too.
            set_error_handler(static function (): bool {
                return true;
            });
            try {
                $written = fwrite($socket, $bytes);
            } finally {
                restore_error_handler();
            }
            if ($written === false || $written === 0) {
                throw new \RuntimeException('the connection broke off');
            }
            $bytes = substr($bytes, $written);
        }
    }

    /** @param resource $socket */
    private static function read($socket, int $maxBytes, float $end): Response
    {
        $came = '';
        do {
            while (($length = strpos($came, "\r\n\r\n")) === false) {
                if (strlen($came) > self::MOST_HEADER_BYTES) {
                    throw new \RuntimeException('what answered is no HTTP server');
                }
                $came .= self::more($socket, $end) ?? self::brokeOff();
            }
            [$status, $headers] = self::parse(substr($came, 0, $length));
            $came = substr($came, $length + 4);
        } while ($status < 200);
        if (strtolower($headers['transfer-encoding'] ?? '') === 'chunked') {
            return new Response($status, $headers, self::readChunks($socket, $came, $maxBytes, $end));
        }
        $expected = self::lengthOf($status, $headers);
        while (strlen($came) <= $maxBytes && ($expected === null || strlen($came) < $expected)) {
            $more = self::more($socket, $end);
            if ($more === null && $expected !== null) {
                self::brokeOff();
            }
            if ($more === null) {
                break;
            }
            $came .= $more;
        }
        return new Response($status, $headers, $expected === null ? $came : substr($came, 0, $expected));
    }

    /** @param resource $socket */
    private static function readChunks($socket, string $came, int $maxBytes, float $end): string
    {
        $body = '';
        while (strlen($body) <= $maxBytes) {
            while (($line = strpos($came, "\r\n")) === false) {
                $came .= self::more($socket, $end) ?? self::brokeOff();
            }
            if (!preg_match('/^([0-9a-fA-F]{1,7})[ \t]*(?:;.*)?$/D', substr($came, 0, $line), $match)) {
                throw new \RuntimeException('what answered is no HTTP server');
            }
            $size = (int) hexdec($match[1]);
            if ($size === 0) {
                break;
            }
            while (strlen($came) < $line + 2 + $size + 2 && strlen($came) <= $maxBytes) {
                $came .= self::more($socket, $end) ?? self::brokeOff();
            }
            $body .= substr($came, $line + 2, $size);
            $came = (string) substr($came, $line + 2 + $size + 2);
        }
        return $body;
    }

    /**
     * @param resource $socket
     * @return string|null More of what comes, or `null` at its end.
     */
    private static function more($socket, float $end): ?string
    {
        self::bound($socket, $end);
        $chunk = fread($socket, self::CHUNK);
        if ($chunk !== false && $chunk !== '') {
            return $chunk;
        }
        if (stream_get_meta_data($socket)['timed_out']) {
            throw new \RuntimeException('no whole answer in time');
        }
        return feof($socket) ? null : '';
    }

    /** @param resource $socket */
    private static function bound($socket, float $end): void
    {
        $left = $end - microtime(true);
        if ($left <= 0) {
            throw new \RuntimeException('no whole answer in time');
        }
        stream_set_timeout($socket, (int) $left, (int) (fmod($left, 1) * 1e6));
    }

    /** @return array{int, array<string, string>} */
    private static function parse(string $text): array
    {
        $lines = explode("\r\n", $text);
        if (!preg_match('~^HTTP/1\.[01] ([0-9]{3})(?: |$)~D', (string) array_shift($lines), $match)) {
            throw new \RuntimeException('what answered is no HTTP server');
        }
        $headers = [];
        foreach ($lines as $line) {
            if (strpos($line, ':') !== false) {
                [$name, $value] = explode(':', $line, 2);
                $headers[strtolower(trim($name))] = trim($value);
            }
        }
        return [(int) $match[1], $headers];
    }

    /**
     * How many bytes are to come, or `null` where they end with the connection.
     *
     * @param array<string, string> $headers
     */
    private static function lengthOf(int $status, array $headers): ?int
    {
        if ($status === 204 || $status === 304) {
            return 0;
        }
        $length = $headers['content-length'] ?? null;
        if ($length === null) {
            return null;
        }
        if (!preg_match('/^[0-9]+$/D', $length)) {
            throw new \RuntimeException('what answered is no HTTP server');
        }
        return strlen($length) > 9 ? PHP_INT_MAX : (int) $length;
    }

    /** @return never-return */
    private static function brokeOff(): string
    {
        throw new \RuntimeException('the connection broke off');
    }
}
