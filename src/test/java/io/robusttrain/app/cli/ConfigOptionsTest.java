package io.robusttrain.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigOptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"data/set", "[x]/set", "{a,b}", "my set #1"})
  void aShortOptionIsTheFolderThatItNames(String folder) {
    ConfigOptions options = new ConfigOptions();
    options.override("data.path", folder);
    assertThat(options.load().data().path()).isEqualTo(folder);
  }
}
