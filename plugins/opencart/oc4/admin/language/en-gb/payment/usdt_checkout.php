<?php

// What OpenCart shows of the method in its own pages.

$_['heading_title'] = 'USDT (TRC20)';
