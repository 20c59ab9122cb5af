// Empty stand-ins for the libraries by which the programs of the VSCapture family pass values on (MQTTnet, System.Text.Json).
using System;
using System.Threading;
using System.Threading.Tasks;

namespace System.Text.Json
{
    public class JsonSerializerOptions { public bool IncludeFields; }
    public static class JsonSerializer
    {
        public static string Serialize<T>(T value, JsonSerializerOptions options = null) { return ""; }
    }
}
namespace MQTTnet.Protocol { public enum MqttQualityOfServiceLevel { AtMostOnce, AtLeastOnce } }
namespace MQTTnet
{
    public class MqttFactory
    {
        public object DefaultLogger;
        public object CreateMqttClient() { return null; }
    }
}
namespace MQTTnet.Client
{
    public class MqttClientConnectedEventArgs : EventArgs { }
    public class MqttClientOptions { }
    public class MqttClientTlsOptions { }
    public class MqttClientWebSocketOptionsBuilder { public MqttClientWebSocketOptionsBuilder WithUri(string uri) { return this; } }
    public class MqttClientTlsOptionsBuilder
    {
        public MqttClientTlsOptionsBuilder WithSslProtocols(System.Security.Authentication.SslProtocols protocols) { return this; }
        public MqttClientTlsOptionsBuilder UseTls(bool use = true) { return this; }
        public MqttClientTlsOptions Build() { return null; }
    }
    public class MqttClientOptionsBuilder
    {
        public MqttClientOptionsBuilder WithClientId(string value) { return this; }
        public MqttClientOptionsBuilder WithCredentials(string name, string word) { return this; }
        public MqttClientOptionsBuilder WithCleanSession(bool value = true) { return this; }
        public MqttClientOptionsBuilder WithWebSocketServer(Action<MqttClientWebSocketOptionsBuilder> configure) { return this; }
        public MqttClientOptionsBuilder WithTlsOptions(MqttClientTlsOptions options) { return this; }
        public MqttClientOptions Build() { return null; }
    }
}
namespace MQTTnet.Extensions.ManagedClient
{
    public class ManagedMqttClientOptions { }
    public class ManagedMqttClientOptionsBuilder
    {
        public ManagedMqttClientOptionsBuilder WithAutoReconnectDelay(TimeSpan delay) { return this; }
        public ManagedMqttClientOptionsBuilder WithClientOptions(MQTTnet.Client.MqttClientOptions options) { return this; }
        public ManagedMqttClientOptions Build() { return null; }
    }
    public class ManagedMqttClient
    {
        public ManagedMqttClient(object client, object logger) { }
        public event Func<MQTTnet.Client.MqttClientConnectedEventArgs, Task> ConnectedAsync { add { } remove { } }
        public Task StartAsync(ManagedMqttClientOptions options) { return Task.FromResult(0); }
        public Task StopAsync() { return Task.FromResult(0); }
        public Task EnqueueAsync(string topic, string payload, MQTTnet.Protocol.MqttQualityOfServiceLevel level, bool retain) { return Task.FromResult(0); }
        public void Dispose() { }
        public int PendingApplicationMessagesCount;
    }
}
