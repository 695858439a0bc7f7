package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.value.ConfigException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ContainerFolderTest {
  private final Configuration hadoop = new Configuration(false);

  @Test
  void refusesWhatEndsWithTheContainer() {
    assertThatThrownBy(() -> ContainerFolder.refuse(cluster(), hadoop, "run.dir", new Path("runs")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run.dir")
        .hasMessageContaining("which YARN deletes");
  }

  @Test
  void allowsWhatStays() {
    assertThatCode(() -> ContainerFolder.refuse(cluster(), hadoop, "run.dir", new Path("/runs")))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> ContainerFolder.refuse(cluster(), hadoop, "run.dir", new Path("hdfs:///runs")))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> ContainerFolder.refuse(new SparkConf(false), hadoop, "run.dir", new Path("runs")))
        .doesNotThrowAnyException();
    hadoop.set("fs.defaultFS", "hdfs://namenode:8020");
    assertThatCode(() -> ContainerFolder.refuse(cluster(), hadoop, "run.dir", new Path("runs")))
        .doesNotThrowAnyException();
  }

  private static SparkConf cluster() {
    return new SparkConf(false).setMaster("yarn").set("spark.submit.deployMode", "cluster");
  }
}
