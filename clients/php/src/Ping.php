<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What a test of the connection finds.
 *
 * @property-read bool $ok Whether the gateway knows key and signature.
 * @property-read string|null $mode `test` or `live`
 * @property-read Missing[] $missing What the project lacks before it goes live.
 * @property-read float|null $clockDifference By how many seconds this machine is ahead of the gateway.
 * @property-read Project|null $project
 * @property-read UsdtError|null $error Why it is not ok.
 */
final class Ping extends Record
{
    /** @internal */
    public static function good(Project $project, float $clockDifference): self
    {
        return self::of($project, $clockDifference, null);
    }

    /** @internal */
    public static function bad(UsdtError $error): self
    {
        return self::of(null, null, $error);
    }

    private static function of(?Project $project, ?float $clockDifference, ?UsdtError $error): self
    {
        return new self([
            'ok' => $error === null,
            'mode' => $project === null ? null : $project->mode,
            'missing' => $project === null ? [] : $project->missing,
            'clockDifference' => $clockDifference,
            'project' => $project,
            'error' => $error,
        ], $project === null ? [] : $project->raw);
    }
}
