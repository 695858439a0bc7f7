package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteUnitTest {
  @ParameterizedTest
  @CsvSource({"0, 0 B", "1500, 1500 B", "3000, 3 kB", "268435456, 256 MiB", "5000000000, 5 GB"})
  void writesSizesInTheLargestUnitThatDividesThem(long bytes, String text) {
    assertThat(ByteUnit.exact(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 1",
    "B, 1",
    "kB, 1000",
    "KB, 1000",
    "k, 1024",
    "KiB, 1024",
    "mb, 1000000",
    "M, 1048576",
    "GB, 1000000000",
    "G, 1073741824",
    "TB, 1000000000000",
    "tib, 1099511627776"
  })
  void aBareLetterIsAPowerOf1024AndWithBOf1000(String symbol, long bytes) {
    assertThat(ByteUnit.named(symbol)).hasValue(bytes);
  }

  @Test
  void anUnknownSymbolNamesNoUnit() {
    assertThat(ByteUnit.named("PB")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 MB",
    "314572800, 300 MB",
    "1610612736, 1.5 GB",
    "10737418239, 10.0 GB",
    "12884901888, 12 GB"
  })
  void sizesForPeopleAreShort(long bytes, String text) {
    assertThat(ByteUnit.rounded(bytes)).isEqualTo(text);
  }
}
