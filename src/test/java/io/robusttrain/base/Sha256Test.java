package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.junit.jupiter.api.Test;

class Sha256Test {
  /** The example of FIPS 180-2. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void textBytesAndStreamsHaveTheSameHash() throws Exception {
    byte[] bytes = "abc".getBytes(StandardCharsets.UTF_8);
    MessageDigest digest = Sha256.digest();
    try (OutputStream out = Sha256.into(digest)) {
      out.write('a');
      out.write(bytes, 1, 2);
    }

    assertThat(Sha256.of("abc")).isEqualTo(ABC);
    assertThat(Sha256.of(bytes)).isEqualTo(ABC);
    assertThat(Sha256.of(new ByteArrayInputStream(bytes))).isEqualTo(ABC);
    assertThat(Sha256.hex(digest)).isEqualTo(ABC);
  }
}
