<?php

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Http\Request;
use UsdtClient\Http\Response;
use UsdtClient\Http\Transport;

/** A transport that answers what it is given, and keeps what it was asked. */
final class Answers implements Transport
{
    /** @var Request[] */
    public $asked = [];
    /** @var array<int, Response|\Exception> */
    private $answers;

    /** @param Response|\Exception ...$answers */
    public function __construct(...$answers)
    {
        $this->answers = $answers;
    }

    public function send(Request $request): Response
    {
        $this->asked[] = $request;
        $answer = array_shift($this->answers) ?? new \RuntimeException('it was not to be asked');
        if ($answer instanceof \Exception) {
            throw $answer;
        }
        return $answer;
    }
}
