package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.app.StandaloneMaster.UnreachableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StandaloneMasterTest {
  private ServerSocket master;
  private String nobody;

  @BeforeEach
  void aMasterAndAPortThatNobodyListensTo() throws IOException {
    master = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = "127.0.0.1:" + closed.getLocalPort();
    }
  }

  @AfterEach
  void end() throws IOException {
    master.close();
  }

  private String somebody() {
    return "127.0.0.1:" + master.getLocalPort();
  }

  private static SparkConf settings(String master) {
    return new SparkConf(false).set("spark.master", master);
  }

  @Test
  void aSessionOnAClusterWithoutAMasterIsRefusedAtOnce() {
    assertThatThrownBy(() -> StandaloneMaster.require(settings("spark://" + nobody)))
        .isInstanceOf(UnreachableException.class)
        .hasMessage(
            "no Spark master is at spark://%s (%s: Connection refused): start the cluster, or correct the address",
            nobody, nobody);
    assertThatThrownBy(
            () -> StandaloneMaster.require(settings("spark://no-such-host.invalid:7077")))
        .isInstanceOf(UnreachableException.class)
        .hasMessageContaining("(no-such-host.invalid:7077: the host is not known)");
  }

  @Test
  void oneMasterOfSeveralIsEnough() {
    assertThatCode(
            () -> {
              StandaloneMaster.require(settings("spark://" + somebody()));
              StandaloneMaster.require(settings("spark://" + nobody + "," + somebody()));
              StandaloneMaster.require(settings("local[2]"));
              StandaloneMaster.require(new SparkConf(false));
            })
        .doesNotThrowAnyException();
  }

  @Test
  void whatSparkThrowsAfterAMinuteIsExplained() {
    NullPointerException failure = new NullPointerException("_taskScheduler() is null");
    RuntimeException explained = StandaloneMaster.explained(failure, settings("spark://" + nobody));
    assertThat(explained).hasMessageStartingWith("no Spark master is at ").hasCause(failure);
    assertThat(ErrorReport.standard().explain(explained).message())
        .isEqualTo(explained.getMessage());
    assertThat(ErrorReport.standard().explain(explained).code()).isEqualTo(ExitCode.FAILED);
    assertThat(StandaloneMaster.explained(failure, settings("spark://" + somebody())))
        .isSameAs(failure);
  }
}
