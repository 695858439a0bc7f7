package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkUserAppException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A driver that Spark's application master runs. */
class ProcessExitTest {
  @BeforeEach
  void inContainer() {
    System.setProperty("spark.master", "yarn");
    System.setProperty("spark.submit.deployMode", "cluster");
  }

  @AfterEach
  void outside() {
    System.clearProperty("spark.master");
    System.clearProperty("spark.submit.deployMode");
  }

  @Test
  void successReturnsToTheApplicationMaster() {
    assertThatCode(() -> ProcessExit.with(0)).doesNotThrowAnyException();
  }

  @Test
  void failureTellsItTheExitCode() {
    assertThatThrownBy(() -> ProcessExit.with(3))
        .isInstanceOfSatisfying(
            SparkUserAppException.class, failure -> assertThat(failure.exitCode()).isEqualTo(3));
  }
}
