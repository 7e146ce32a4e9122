// A payer's wallet: a key, its TRON address, and signatures as wallets make them.

import { createHash } from 'node:crypto';

import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const PREFIX = 0x41;

export class Wallet {
  #key;

  /** A wallet with this private key of 32 bytes, or with one of its own. */
  constructor(key = secp256k1.utils.randomPrivateKey()) {
    this.#key = key;
    const [, ...coordinates] = secp256k1.getPublicKey(key, false);
    const hash = keccak_256(Uint8Array.from(coordinates));
    /** In Base58Check. */
    this.address = base58Check(Buffer.from([PREFIX, ...hash.slice(-20)]));
  }

  /** The same transaction with the wallet's signature. */
  sign(transaction) {
    const txid = sha256(Buffer.from(transaction.raw_data_hex, 'hex'));
    if (txid.toString('hex') !== transaction.txID) throw new Error('the ID is of other data');
    const signature = secp256k1.sign(txid, this.#key);
    const recovery = Buffer.from([signature.recovery + 27]).toString('hex');
    return { ...transaction, signature: [signature.toCompactHex() + recovery] };
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest();
}

// No byte before the first is zero: the prefix is not.
function base58Check(payload) {
  const bytes = Buffer.concat([payload, sha256(sha256(payload)).subarray(0, 4)]);
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  while (number > 0n) {
    text = ALPHABET[Number(number % 58n)] + text;
    number /= 58n;
  }
  return text;
}
